import ArgumentParser
import Executors
import Foundation
import Launch

/// Where commands that load a model themselves keep its packed weights.
struct PackedWeightOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Pack the weights anew instead of keeping them for the next time.",
      discussion: """
        Packed weights are kept in packed/ of QUERN_HOME if that is set, else in quern/packed of the user's cache \
        directory (XDG_CACHE_HOME, ~/.cache): about as many bytes as the weights take in memory. Of several models the \
        eight used last stay. All of it can be deleted at any time.
        """
    )
  )
  var noPackedCache = false

  /// nil: weights are packed anew.
  var folder: PackedWeightFolder? {
    noPackedCache ? nil : PackedWeightFolder(directory: Self.directory(ProcessInfo.processInfo.environment))
  }

  private static func directory(_ environment: [String: String]) -> String {
    if let home = environment["QUERN_HOME"], !home.isEmpty { return Home(environment: environment).packed }
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (cache ?? NSHomeDirectory() + "/.cache") + "/quern/packed"
  }
}
