/// A program that `quern up` keeps running.
struct ChildProgram: Sendable {
  /// For people.
  let name: String
  let path: String
  var arguments: [String] = []
  /// How long it may take to stop before it is killed.
  let drainLimit: Duration

  init(name: String, path: String, drainLimit: Duration) {
    self.name = name
    self.path = path
    self.drainLimit = drainLimit
  }
}
