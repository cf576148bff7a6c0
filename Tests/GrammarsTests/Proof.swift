import Foundation

/// `make proof` sets QUERN_PROOF and gets every test at full length; `make test` is content with a part.
enum Proof {
  static let isOn = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil

  static var fuzzDuration: Duration { isOn ? .seconds(120) : .seconds(1) }
}
