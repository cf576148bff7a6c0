/// The version of Quern: of the executables, the engine's numbers and the API.
package enum Version {
  package static let current = "0.1.0"
  /// Set by packagers; a build from a working copy does not know it.
  package static let commit = "unknown"
}
