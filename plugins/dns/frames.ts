// DNS messages on a byte stream, each behind its length (RFC 1035 section 4.2.2).

/** Cuts a stream of bytes into messages. */
export interface MessageReader {
  /** Takes bytes and hands on each message that is whole. False: one is longer than it may be, and all that follows is lost. */
  push(chunk: Uint8Array): boolean;
  /** Whether a message has begun and is not whole. */
  readonly begun: boolean;
}

/** A reader for messages of at most `most` bytes. */
export function frameReader(most: number, message: (bytes: Uint8Array) => void): MessageReader {
  let parts: Uint8Array[] = [];
  let held = 0;
  /** Bytes that must be there before a look is worth while. */
  let wanted = 2;

  function cut(): boolean {
    let bytes: Uint8Array = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    wanted = 2;
    while (bytes.length >= 2) {
      const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      if (length > most) return false;
      wanted = 2 + length;
      if (bytes.length < wanted) break;
      message(Uint8Array.from(bytes.subarray(2, wanted)));
      bytes = bytes.subarray(wanted);
      wanted = 2;
    }
    parts = bytes.length === 0 ? [] : [bytes];
    held = bytes.length;
    return true;
  }

  return {
    push(chunk) {
      parts.push(chunk);
      held += chunk.length;
      return held < wanted || cut();
    },
    get begun() {
      return held > 0;
    },
  };
}

/** A message behind its length. It has at most 65,535 bytes. */
export function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + message.length);
  bytes[0] = message.length >> 8;
  bytes[1] = message.length;
  bytes.set(message, 2);
  return bytes;
}
