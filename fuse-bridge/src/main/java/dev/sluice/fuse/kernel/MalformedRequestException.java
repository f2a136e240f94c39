package dev.sluice.fuse.kernel;

/** A request that breaks the protocol; it has no stack trace, as it is answered, not reported. */
@SuppressWarnings("serial")
final class MalformedRequestException extends RuntimeException {
  MalformedRequestException(String message) {
    super(message, null, false, false);
  }
}
