// A site of one page, with a value that only the build knows.
module.exports = (config) => {
  config.addFilter("shout", (text) => text.toUpperCase());
  config.addGlobalData("greeting", process.env.GREETING || "none");
};
