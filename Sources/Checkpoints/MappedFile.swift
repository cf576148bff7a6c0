internal import Glibc

/// A regular file mapped for reading; unmapped when the last reference goes.
///
/// The file must not shrink while it is mapped: reading past its new end would stop the process.
@safe final class MappedFile {
  let path: String
  let byteCount: Int
  private let base: UnsafeRawPointer?

  /// Symbolic links are followed; directories, pipes and devices are refused without being opened for long.
  init(path: String) throws(CheckpointError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError(path: path, errno == ENOENT ? .missingFile : .cannotRead(errno: errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw CheckpointError(path: path, .cannotRead(errno: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw CheckpointError(path: path, .notARegularFile) }
    self.path = path
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      unsafe base = nil
      return
    }
    let mapping = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
      throw CheckpointError(path: path, .cannotRead(errno: errno))
    }
    unsafe base = UnsafeRawPointer(mapping)
  }

  deinit {
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
  }

  func withBytes<Result: ~Copyable, Failure: Error>(
    _ range: Range<Int>,
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) are outside the file")
    let buffer = unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
    return try unsafe body(buffer.bytes.extracting(range))
  }

  /// Lets the system drop the pages of `range`: their content has been taken over and will not be read again.
  func release(_ range: Range<Int>) {
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + pageSize - 1) / pageSize * pageSize
    guard let base = unsafe base, range.upperBound > first else { return }
    // Advice only: pages that stay cost memory, nothing else.
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base + first), range.upperBound - first, MADV_DONTNEED)
  }
}

/// Read-only memory behind one immutable pointer.
extension MappedFile: @unchecked Sendable {}

func systemErrorText(_ errno: Int32) -> String {
  var text = [CChar](repeating: 0, count: 256)
  guard unsafe strerror_r(errno, &text, text.count) == 0 else { return "error \(errno)" }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
