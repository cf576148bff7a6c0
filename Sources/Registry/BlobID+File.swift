import Crypto
import Foundation

extension BlobID {
  /// Reads the whole file, and gives way after each piece: what hashes gigabytes must not hold up heartbeats.
  /// - Returns: its name and how many bytes it has.
  /// - Throws: `RegistryError.unreadable`.
  package static func hashing(_ path: String) async throws -> (blob: BlobID, size: Int) {
    var hash = SHA256()
    var size = 0
    try await FileChunks(path: path).forEach { bytes in
      hash.update(data: bytes)
      size += bytes.count
      await Task.yield()
    }
    return (BlobID(hash.finalize()), size)
  }

  /// Writes the blob from its chunks into a new read-only file, and checks it on the way.
  /// - Parameter chunk: chunk number `index`, from 0; nil past the last one.
  /// - Throws: `RegistryError`, with a file behind that is not whole; whatever `chunk` throws.
  package func write(
    to path: String,
    size: Int,
    chunk: (_ index: Int) async throws -> [UInt8]?
  ) async throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
    guard descriptor >= 0 else { throw Self.unwritable(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var hash = SHA256()
    var count = 0
    var index = 0
    while count < size {
      guard let bytes = try await chunk(index), !bytes.isEmpty else {
        throw RegistryError.damagedBlob(self, reason: "chunk \(index) is missing")
      }
      hash.update(data: bytes)
      count += bytes.count
      index += 1
      do { try file.write(contentsOf: bytes) } catch {
        throw RegistryError.unwritable(path: path, reason: error.localizedDescription)
      }
    }
    guard BlobID(hash.finalize()) == self else {
      throw RegistryError.damagedBlob(self, reason: "its bytes have another SHA-256")
    }
    // On the disk before it has its name: after a power cut too, a file that is there is whole.
    guard fsync(descriptor) == 0 else { throw Self.unwritable(path) }
  }

  private static func unwritable(_ path: String) -> RegistryError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
