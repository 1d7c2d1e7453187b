export default function Page() {
  return <h1>Good bread</h1>;
}
