import CZlib
import Foundation

/// Returns the content of a gzipped file.
///
/// - Parameter limit: more bytes than this are not believed.
/// - Throws: `DataError.malformed` for what is no gzip, cut short, or larger than the limit.
func gunzipped(_ data: Data, file: String, limit: Int = 1 << 33) throws -> Data {
  var stream = z_stream()
  // 16 says that a gzip header is expected.
  guard
    inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { throw DataError.unreadable(file: file, reason: "zlib cannot be started") }
  defer { inflateEnd(&stream) }
  var output = Data()
  var chunk = [UInt8](repeating: 0, count: 1 << 20)
  var input = [UInt8](data)
  var status = Z_OK
  try input.withUnsafeMutableBufferPointer { input in
    stream.next_in = input.baseAddress
    stream.avail_in = UInt32(clamping: input.count)
    repeat {
      let room = chunk.count
      status = chunk.withUnsafeMutableBufferPointer { chunk in
        stream.next_out = chunk.baseAddress
        stream.avail_out = UInt32(room)
        return inflate(&stream, Z_NO_FLUSH)
      }
      guard status == Z_OK || status == Z_STREAM_END else { break }
      output.append(contentsOf: chunk.prefix(room - Int(stream.avail_out)))
      guard output.count <= limit else {
        throw DataError.malformed(file: file, reason: "it unpacks to more than \(limit) bytes")
      }
    } while status != Z_STREAM_END && (stream.avail_in > 0 || stream.avail_out == 0)
  }
  switch status {
  case Z_STREAM_END: return output
  case Z_OK, Z_BUF_ERROR:
    throw DataError.malformed(file: file, reason: "the gzip stream is cut short")
  default: throw DataError.malformed(file: file, reason: "it is no gzip file")
  }
}
