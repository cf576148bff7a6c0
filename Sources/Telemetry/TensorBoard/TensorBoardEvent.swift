/// One event of a TensorBoard run: tensorflow's `Event`, of which runs need four kinds.
package struct TensorBoardEvent: Sendable, Hashable {
  package struct Scalar: Sendable, Hashable {
    /// `train/loss`: what is before the slash groups the charts.
    package let tag: String
    package let value: Float

    package init(tag: String, value: Float) {
      self.tag = tag
      self.value = value
    }
  }

  package enum Content: Sendable, Hashable {
    /// Stands first in each file.
    case fileVersion
    /// Values of this step and later ones, from earlier files of the run, are void.
    case restart
    case scalars([Scalar])
    /// Markdown, under a tag of the text dashboard.
    case text(tag: String, String)
  }

  /// Seconds since 1970.
  package let wallTime: Double
  package let step: Int
  package let content: Content

  package init(wallTime: Double, step: Int, _ content: Content) {
    self.wallTime = wallTime
    self.step = step
    self.content = content
  }
}

extension TensorBoardEvent {
  /// length u64 · masked checksum of the length u32 · message · masked checksum of the message u32, little-endian.
  package var record: [UInt8] {
    let data = message.bytes
    let length = UInt64(data.count).littleEndianBytes
    return length + CRC32C.masked(length).littleEndianBytes + data + CRC32C.masked(data).littleEndianBytes
  }

  /// Field numbers of tensorflow's event.proto.
  private var message: ProtocolBuffer {
    ProtocolBuffer { event in
      event.append(wallTime, field: 1)
      event.append(Int64(step), field: 2)
      switch content {
      case .fileVersion: event.append("brain.Event:2", field: 3)
      case .restart: event.append(ProtocolBuffer { $0.append(Int64(1), field: 1) }, field: 7)
      case .scalars(let scalars):
        event.append(ProtocolBuffer { summary in scalars.forEach { summary.append($0.message, field: 1) } }, field: 5)
      case .text(let tag, let text):
        event.append(ProtocolBuffer { $0.append(Self.textValue(tag, text), field: 1) }, field: 5)
      }
    }
  }

  /// A value of summary.proto that the text dashboard shows: a string tensor [1] for the plug-in `text`.
  private static func textValue(_ tag: String, _ text: String) -> ProtocolBuffer {
    let stringType: Int64 = 7
    let shape = ProtocolBuffer { $0.append(ProtocolBuffer { $0.append(Int64(1), field: 1) }, field: 2) }
    let plugin = ProtocolBuffer { $0.append("text", field: 1) }
    return ProtocolBuffer { value in
      value.append(tag, field: 1)
      value.append(
        ProtocolBuffer { tensor in
          tensor.append(stringType, field: 1)
          tensor.append(shape, field: 2)
          tensor.append(text, field: 8)
        },
        field: 8
      )
      value.append(ProtocolBuffer { $0.append(plugin, field: 1) }, field: 9)
    }
  }
}

extension TensorBoardEvent.Scalar {
  fileprivate var message: ProtocolBuffer {
    ProtocolBuffer { value in
      value.append(tag, field: 1)
      value.append(self.value, field: 2)
    }
  }
}
