import CDeflate
import Foundation
import Numbers

/// Returns the content of a gzipped file.
///
/// - Throws: `DataError.malformed` for what is no gzip, damaged or cut short.
package func gunzipped(_ data: Data, file: String) throws -> [UInt8] {
  let damaged = DataError.malformed(
    file: file, reason: "it is not a gzip file, or is truncated or damaged")
  // The last four bytes say how long the content is. Deflate packs at most 1,032 bytes into one, so
  // a larger number is wrong, and no memory is allocated for it.
  let claimed = data.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  guard data.count >= 18, claimed <= 1032 * data.count else { throw damaged }
  guard let decompressor = libdeflate_alloc_decompressor() else {
    throw DataError.unreadable(file: file, reason: "there is no memory to unpack it")
  }
  defer { libdeflate_free_decompressor(decompressor) }
  return try data.withUnsafeBytes { input in
    try [UInt8](unsafeUninitializedCapacity: max(1, claimed)) { output, count in
      let result = libdeflate_gzip_decompress(
        decompressor, input.baseAddress, input.count, output.baseAddress, claimed, &count)
      guard result == LIBDEFLATE_SUCCESS else { throw damaged }
    }
  }
}
