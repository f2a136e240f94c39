package dev.sluice.embedded;

import java.util.Map;

/** What can go wrong with one answer. */
public sealed interface Fault {
  /** Answers with this status instead of doing anything. */
  record Status(int code, Map<String, String> headers, String body) implements Fault {
    public static Status of(int code) {
      return new Status(code, Map.of(), "");
    }

    public static Status retryAfter(int code, String value) {
      return new Status(code, Map.of("Retry-After", value), "");
    }
  }

  /** Answers a range request with 200 and everything. */
  record IgnoreRange() implements Fault {}

  /** Closes the connection after so many bytes of the body. */
  record ResetAfter(long bytes) implements Fault {}

  /** Ends the body cleanly after so many bytes, though the head promised more. */
  record ShortBody(long bytes) implements Fault {}

  /** Sends so many zero bytes more than asked for. */
  record LongBody(int bytes) implements Fault {}

  /** Sends nothing more after so many bytes of the body. */
  record StallAfter(long bytes) implements Fault {}

  /** Never answers. */
  record Silence() implements Fault {}

  /** Closes the connection without an answer. */
  record Drop() implements Fault {}

  /** Sends a right body under other headers. */
  record Headers(Map<String, String> headers) implements Fault {}

  /** Flips the lowest bit of every byte of the body. */
  record WrongBytes() implements Fault {}

  /** Redirects to the same address, for ever. */
  record RedirectLoop() implements Fault {}
}
