/// Who sees and uses a version of a model or an adapter beside operators and workers.
package enum ModelVisibility: String, Sendable, Hashable {
  /// Its owner alone.
  case `private`
  /// Every submitter; an adapter as far as its base is.
  case shared
}
