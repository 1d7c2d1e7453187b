"""Base images: from which registries, and how they come here."""

from pathlib import Path

from django.conf import settings

from deployments.contract import Context, PermanentError

HINT = "Choose an image of one of them, or ask whoever runs the registry to add it to REGISTRY_BASE_IMAGE_HOSTS."


def pull_options(image: str) -> list[str]:
    """Options of skopeo and buildah for the image's registry. Raises PermanentError if it is not one that is allowed.

    An entry of the setting is a host with its port, or `http://` and such a host for one without TLS.
    """
    host, _, rest = image.partition("/")
    if not rest or not ({".", ":"} & set(host) or host == "localhost"):
        raise PermanentError(
            f"The base image {image!r} does not say which registry it is in.",
            hint="Write its host first: host/name:tag.",
        )
    allowed: list[str] = settings.REGISTRY_BASE_IMAGE_HOSTS
    if host in allowed:
        return []
    if f"http://{host}" in allowed:
        return ["--tls-verify=false"]
    which = f"Only these are allowed: {', '.join(allowed)}." if allowed else "None are allowed."
    raise PermanentError(f"Base images of {host} are not allowed here. {which}", hint=HINT)


def fetch_image(image: str, into: Path, context: Context) -> None:
    """The image for this machine as an OCI layout in the folder `into`, which is made."""
    options = [option.replace("--", "--src-") for option in pull_options(image)]
    context.call(
        ["skopeo", "copy", "--quiet", *options, f"docker://{image}", f"oci:{into}:base"],
        cwd=context.work,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(context.work), "TMPDIR": str(context.work)},
    )
