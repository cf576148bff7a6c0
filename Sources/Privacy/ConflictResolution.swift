/// Makes overlapping matches disjoint, the same way whatever order the detectors ran in.
///
/// Of one type: the union. One inside the other: the outer one; on equal spans the higher score, then the type
/// declared first. Otherwise the higher score keeps its range and the other the rest, so that every byte that some
/// detector marked stays marked.
package func resolvingConflicts(_ matches: [Match]) -> [Match] {
  var resolved: [Match] = []
  resolved.reserveCapacity(matches.count)
  for match in matches.sorted(by: precedes) { insert(match, into: &resolved) }
  return resolved
}

private func precedes(_ left: Match, _ right: Match) -> Bool {
  if left.range.lowerBound != right.range.lowerBound { return left.range.lowerBound < right.range.lowerBound }
  if left.range.count != right.range.count { return left.range.count > right.range.count }
  if left.score != right.score { return left.score > right.score }
  return left.type.rank < right.type.rank
}

/// Inserts a match that starts, in its own text, no earlier than those before it did.
private func insert(_ match: Match, into resolved: inout [Match]) {
  guard let last = resolved.last, match.range.lowerBound < last.range.upperBound else {
    resolved.append(match)
    return
  }
  let index = resolved.count - 1
  if match.range.upperBound <= last.range.upperBound {
    if match.type == last.type { resolved[index].score = max(match.score, last.score) }
    return
  }
  if match.type == last.type {
    resolved[index].range = last.range.lowerBound..<match.range.upperBound
    resolved[index].score = max(match.score, last.score)
  } else if match.score > last.score, match.range.lowerBound > last.range.lowerBound {
    resolved[index].range = last.range.lowerBound..<match.range.lowerBound
    resolved.append(match)
  } else {
    var rest = match
    rest.range = last.range.upperBound..<match.range.upperBound
    resolved.append(rest)
  }
}
