package import JSON

/// Why a job failed, as `quern.result` shows it: `{code, message, param}`.
package struct JobError: Error, Sendable, Hashable {
  package var code: Code
  package var message: String
  /// The parameter at fault, if one is.
  package var param: String?

  package init(_ code: Code, _ message: String, param: String? = nil) {
    self.code = code
    self.message = message
    self.param = param
  }
}

extension JobError {
  /// What went wrong, for programs. The list may grow, its members never change.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case unknownKind = "unknown_kind"
    case unknownParameter = "unknown_parameter"
    case missingParameter = "missing_parameter"
    case invalidValue = "invalid_value"
    case invalidState = "invalid_state"
    case jobNotFound = "job_not_found"
    case permissionDenied = "permission_denied"
    case modelNotFound = "model_not_found"
    case adapterNotFound = "adapter_not_found"
    case adapterBaseMismatch = "adapter_base_mismatch"
    case datasetNotFound = "dataset_not_found"
    case datasetEmptyAfterFilter = "dataset_empty_after_filter"
    case lossDiverged = "loss_diverged"
    case nanLoss = "nan_loss"
    case contextLengthExceeded = "context_length_exceeded"
    case idempotencyConflict = "idempotency_conflict"
    case unsafeFormat = "unsafe_format"
    case insufficientMemory = "insufficient_memory"
    case requestTimeout = "request_timeout"
    case cancelled
    case expired
    case workerLost = "worker_lost"
    case internalError = "internal_error"

    /// Whether another attempt of the same job may succeed. Permanent errors are never retried.
    package var isRetryable: Bool {
      switch self {
      case .insufficientMemory, .requestTimeout, .workerLost, .internalError: true
      default: false
      }
    }

    /// What HTTP APIs answer.
    package var httpStatus: Int {
      switch self {
      case .unknownKind, .unknownParameter, .missingParameter, .invalidValue, .contextLengthExceeded, .unsafeFormat: 400
      case .permissionDenied: 403
      case .modelNotFound, .adapterNotFound, .datasetNotFound, .jobNotFound: 404
      case .invalidState, .adapterBaseMismatch, .idempotencyConflict, .cancelled, .expired: 409
      case .datasetEmptyAfterFilter, .lossDiverged, .nanLoss: 422
      case .workerLost, .internalError: 500
      case .requestTimeout: 504
      case .insufficientMemory: 507
      }
    }
  }

  package var json: JSONValue {
    ["code": .string(code.rawValue), "message": .string(message), "param": param.map(JSONValue.string) ?? .null]
  }
}

extension JobError: CustomStringConvertible {
  /// The code alone: messages may speak of content.
  package var description: String { code.rawValue }
}
