"""Tests of what a release says of itself; the bill of materials is compared with CycloneDX's own schema.

    make test-release
"""
import datetime
import json
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import bundled  # noqa: E402


class Notes(unittest.TestCase):
    CHANGELOG = "# Changes\n\nWords.\n\n## 0.2.0 (not released)\n\n- two\n\n## 0.1.0 2026-01-02\n\n- one\n  more\n"

    def test_are_the_section_of_the_version(self):
        self.assertEqual(bundled.notes(self.CHANGELOG, "0.2.0"), ("- two\n", "(not released)"))
        self.assertEqual(bundled.notes(self.CHANGELOG, "0.1.0"), ("- one\n  more\n", "2026-01-02"))

    def test_must_be_there(self):
        with self.assertRaisesRegex(ValueError, "has no section '## 0.3.0'"):
            bundled.notes(self.CHANGELOG, "0.3.0")


class Platform(unittest.TestCase):
    def test_is_the_oldest_that_has_all_symbols(self):
        # By auditwheel's profiles, which it took from the distributions: GCC 11 came with glibc 2.34, GCC 12 with 2.35.
        for symbols, minor in [
                ("GLIBC_2.2.5 GLIBC_2.34 GLIBCXX_3.4.21", 34), ("GLIBC_2.17 GLIBCXX_3.4.29 GLIBCXX_3.4.9", 34),
                ("GLIBC_2.34 GLIBCXX_3.4.30", 35), ("GLIBC_2.35 GLIBCXX_3.4.33", 39), ("GLIBC_2.36 GLIBCXX_3.4", 36),
                ("GLIBC_2.35 GLIBC_ABI_DT_RELR", 36)]:
            self.assertEqual(bundled.oldest_glibc(symbols), minor, symbols)


class BillOfMaterials(unittest.TestCase):
    def test_fits_the_schema_and_names_all_that_is_linked_in(self):
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "rondo.tar.gz"
            file.write_bytes(b"abc")
            bill = bundled.bill([file], datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))
        validator = JsonStrictValidator(SchemaVersion.V1_6)
        self.assertIsNone(validator.validate_str(json.dumps(bill)))
        self.assertIsNotNone(validator.validate_str(json.dumps(bill | {"bomFormat": "other"})), "it can fail")
        # The digest of "abc", of FIPS 180-2, appendix B.1.
        released = bill["metadata"]["component"]["components"][0]
        self.assertEqual(released["hashes"][0]["content"],
                         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        names = {component["name"] for component in bill["components"]}
        pins = json.loads((ROOT.parent / "Package.resolved").read_text())["pins"]
        self.assertLessEqual({pin["identity"] for pin in pins} | {"swift-runtime", "libtiff-dev", "onnx.proto"}, names)

    def test_has_a_license_text_for_each(self):
        for name, _, _, _, license in bundled.components():
            self.assertGreater(len(license.read_text()), 300, name)

    def test_names_the_libraries_that_the_wheel_links(self):
        text = (ROOT / "build-wheel").read_text()
        listed = {"jpeg": "libjpeg62-turbo-dev", "png": "libpng-dev", "webp": "libwebp-dev", "tiff": "libtiff-dev",
                  "gif": "libgif-dev", "yajl": "libyajl-dev", "md": "libmd-dev", "deflate": "libdeflate-dev", "xml2": "libxml2-dev"}
        start = text.index("STATIC = {")
        static = {}
        exec(text[start:text.index("\n}", start) + 2].replace("STATIC", "static"), {}, static)
        self.assertLessEqual(set(listed.values()), set(bundled.LIBRARIES))
        self.assertLessEqual(set(static["static"]) - {"png16", "webpdemux"}, set(listed))
        # A library under the GPL would put the whole program under it.
        self.assertFalse([name for name, license in bundled.LIBRARIES.items() if "GPL" in license])
        self.assertNotIn("jbig", sum(static["static"].values(), []))


if __name__ == "__main__":
    unittest.main()
