"""What the released program has linked into it, and the software bill of materials of it in CycloneDX's form."""
import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Debian's packages that have the static libraries, with their licenses by SPDX's names.
LIBRARIES = {
    "libjpeg62-turbo-dev": "BSD-3-Clause AND IJG AND Zlib", "libpng-dev": "libpng-2.0", "libwebp-dev": "BSD-3-Clause",
    "libtiff-dev": "libtiff", "libgif-dev": "MIT", "libyajl-dev": "ISC", "libdeflate-dev": "MIT", "zlib1g-dev": "Zlib",
    "libzstd-dev": "BSD-3-Clause", "liblzma-dev": "0BSD", "liblerc-dev": "Apache-2.0",
    "libmd-dev": "BSD-3-Clause", "libxml2-dev": "MIT",
}
# Swift's packages, by the names in Package.resolved.
PACKAGES = {
    "swift-argument-parser": "Apache-2.0 WITH Swift-exception", "swift-protobuf": "Apache-2.0 WITH Swift-exception",
    "yams": "MIT",
}
# From which release of glibc's on distributions have a libstdc++ with some symbols, by auditwheel's profiles; Debian 13
# has glibc 2.41 without the last ones.
LIBSTDCXX = {"GLIBCXX_3.4.25": 31, "GLIBCXX_3.4.29": 34, "GLIBCXX_3.4.30": 35, "GLIBCXX_3.4.31": 39, "GLIBCXX_3.4.34": 42}


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def version():
    """Rondo's version, which stands in one place."""
    return re.search(r'version = "(.+)"', (ROOT / "Sources/rondo/Rondo.swift").read_text())[1]


def oldest_glibc(symbols):
    """The minor release of glibc's that all of some versioned symbols ask for, as readelf prints them."""
    minors = [int(minor) for minor in re.findall(r"GLIBC_2\.(\d+)", symbols)]
    minors += [36 for _ in re.findall("GLIBC_ABI_DT_RELR", symbols)]
    for patch in re.findall(r"GLIBCXX_3\.4\.(\d+)", symbols):
        minors += [minor for name, minor in LIBSTDCXX.items() if int(patch) >= int(name.rpartition(".")[2])]
    return max(minors)


def swift_license():
    """The license of Swift's runtime and of Foundation, which lies in the toolchain."""
    information = json.loads(output("swift", "-print-target-info"))
    return pathlib.Path(information["paths"]["runtimeResourcePath"]).parent.parent / "share/swift/LICENSE.txt"


def package_license(name):
    """The license of a Swift package that was checked out to build."""
    checkouts = [*ROOT.glob(".build/checkouts/*"), *ROOT.glob(".build/wheel/*/checkouts/*")]
    return next(
        file for folder in checkouts if folder.name.lower() == name for file in sorted(folder.glob("LICENSE*")))


def components():
    """Name, version, license, package URL and license file of each thing that is linked in."""
    swift = re.search(r"Swift version (\S+)", output("swift", "--version"))[1]
    # With Foundation come ICU's tables, which swift-foundation-icu's part of the same license covers.
    found = [("swift-runtime", swift, "Apache-2.0 WITH Swift-exception", f"pkg:github/swiftlang/swift@{swift}",
              swift_license())]
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        name, number = pin["identity"], pin["state"]["version"]
        place = re.sub(r"^https://github\.com/|\.git$", "", pin["location"])
        found.append((name, number, PACKAGES[name], f"pkg:github/{place.lower()}@{number}", package_license(name)))
    # Its copyright stands in the file; the license's text is Rondo's own.
    proto = ROOT / "Sources/ONNX/onnx.proto"
    number = re.search(r"\(version (\d+\.\d+)", proto.read_text())[1]
    found.append(("onnx.proto", number, "Apache-2.0", f"pkg:github/onnx/onnx@v{number}.0", proto))
    for name, license in LIBRARIES.items():
        number = output("dpkg-query", "-W", "-f", "${Version}", name)
        found.append((name, number, license, f"pkg:deb/debian/{name}@{number.replace(':', '%3A')}",
                      pathlib.Path(f"/usr/share/doc/{name}/copyright").resolve()))
    return found


def bill(files, time=None):
    """The bill of materials of some released files, as CycloneDX 1.6 in JSON."""
    number = version()
    time = time or datetime.datetime.now(datetime.timezone.utc)
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([number, digests], sort_keys=True))
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": "rondo", "name": "rondo", "version": number,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "components": [
                    {"type": "file", "bom-ref": name, "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
                    for name, digest in digests.items()]}},
        "components": [
            {"type": "library", "bom-ref": url, "name": name, "version": each, "purl": url, "scope": "required",
             "licenses": [{"expression": license}]}
            for name, each, license, url, _ in components()],
        "dependencies": [{"ref": "rondo", "dependsOn": [url for _, _, _, url, _ in components()]}],
    }


def notes(changelog, number):
    """The changelog's section of a version, without its heading; and what stands beside the version in it."""
    parts = re.split(r"^## (.+)$", changelog, flags=re.M)
    for heading, text in zip(parts[1::2], parts[2::2]):
        name, _, rest = heading.partition(" ")
        if name == number:
            return text.strip() + "\n", rest.strip()
    raise ValueError(f"CHANGELOG.md has no section '## {number}'; write one")
