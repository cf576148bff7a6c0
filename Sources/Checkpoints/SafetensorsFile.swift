internal import JSON

/// A safetensors file over a mapping, validated completely before any tensor is read; the file is taken as hostile.
///
/// The format: 8 bytes header length (little-endian), a JSON object of that length, the data. Every byte of the data
/// belongs to exactly one tensor. Alignment is not assumed.
package struct SafetensorsFile: Sendable {
  /// In the order of their bytes.
  package let entries: [TensorEntry]
  /// The strings of `__metadata__`.
  package let metadata: [String: String]
  let file: MappedFile

  package var path: String { file.path }

  package init(path: String) throws(CheckpointError) {
    file = try MappedFile(path: path)
    let header = try SafetensorsHeader(file: file)
    entries = header.entries
    metadata = header.metadata
  }

  /// The bytes of a tensor of this file, valid during `body`.
  package func withBytes<Result: ~Copyable, Failure: Error>(
    of entry: TensorEntry,
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try file.withBytes(entry.range, body)
  }

  /// Gives back the memory that reading `entry` took.
  package func release(_ entry: TensorEntry) { file.release(entry.range) }
}
