package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Answers one request: plays the link, commits the planned fault, keeps the books. */
final class Reply {
  private static final int CHUNK_BYTES = 64 << 10;

  final HttpServerRequest request;
  final Seen seen;
  final @Nullable Fault fault;
  private final Vertx vertx;
  private final LinkShaper shaper;
  private final Traffic traffic;
  private final int roundTrips;
  private final HttpServerResponse response;
  private @Nullable Digest blob;
  private long sent;
  private boolean booked;
  private Blob.@Nullable Reader reader;

  Reply(
      Vertx vertx,
      HttpServerRequest request,
      Seen seen,
      @Nullable Fault fault,
      LinkShaper shaper,
      Traffic traffic,
      int roundTrips) {
    this.vertx = vertx;
    this.request = request;
    this.seen = seen;
    this.fault = fault;
    this.shaper = shaper;
    this.traffic = traffic;
    this.roundTrips = roundTrips;
    this.response = request.response();
    response.closeHandler(_ -> closed());
    response.exceptionHandler(_ -> {});
    traffic.arrived(seen.kind());
  }

  Reply status(int code) {
    response.setStatusCode(code);
    return this;
  }

  Reply header(String name, String value) {
    response.putHeader(name, value);
    return this;
  }

  void error(int status, String code, String message) {
    JsonObject error = new JsonObject().put("code", code).put("message", message);
    json(status, new JsonObject().put("errors", new JsonArray().add(error)));
  }

  void json(int status, JsonObject body) {
    status(status).header("Content-Type", "application/json").end(body.toBuffer());
  }

  void end() {
    end(Buffer.buffer());
  }

  void end(Buffer body) {
    send(new Blob.InMemory(body.getBytes()), 0, body.length());
  }

  /** Sends {@code [from, to)} of a blob under its digest. */
  void send(Digest digest, Blob bytes, long from, long to) {
    blob = digest;
    send(bytes, from, to);
  }

  /** Breaks the connection without a word. */
  void drop() {
    closeReader();
    book(response.headWritten() ? response.getStatusCode() : 0);
    response.reset();
  }

  private void send(Blob bytes, long from, long to) {
    shaper.afterRoundTrips(roundTrips, () -> sendNow(bytes, from, to));
  }

  private void sendNow(Blob bytes, long from, long to) {
    if (response.closed()) {
      return;
    }
    if (fault instanceof Fault.Headers(var headers)) {
      headers.forEach(response::putHeader);
    }
    if (fault instanceof Fault.ShortBody || fault instanceof Fault.LongBody) {
      response.setChunked(true);
    } else if (response.getStatusCode() != 204) {
      response.putHeader("Content-Length", Long.toString(to - from));
    }
    if (request.method().equals(HttpMethod.HEAD) || from == to) {
      book(response.getStatusCode());
      response.end();
    } else if (bytes instanceof Blob.InFile file && fault == null && !shaper.shaped()) {
      // Booked first: who has the last byte may look at the books.
      count(to - from);
      book(response.getStatusCode());
      response
          .sendFile(file.path().toString(), from, to - from)
          .onFailure(_ -> count(Math.min(0, response.bytesWritten() - (to - from))));
    } else {
      bytes
          .open(vertx)
          .onSuccess(opened -> {
            reader = opened;
            pump(opened, from, Math.min(to, from + faultAfter()), to);
          })
          .onFailure(_ -> drop());
    }
  }

  private long faultAfter() {
    return switch (fault) {
      case Fault.ResetAfter(long n) -> n;
      case Fault.ShortBody(long n) -> n;
      case Fault.StallAfter(long n) -> n;
      case null, default -> Long.MAX_VALUE >> 1;
    };
  }

  private void pump(Blob.Reader source, long at, long stop, long end) {
    if (response.closed()) {
      closeReader();
      return;
    }
    if (at == stop) {
      closeReader();
      finish(at == end);
      return;
    }
    int length = (int) Math.min(CHUNK_BYTES, stop - at);
    source
        .read(at, length)
        .onSuccess(bytes -> shaper.afterSending(length, () -> write(source, bytes, at, stop, end)))
        .onFailure(_ -> drop());
  }

  private void write(Blob.Reader source, Buffer bytes, long at, long stop, long end) {
    if (response.closed()) {
      closeReader();
      return;
    }
    count(bytes.length());
    if (at + bytes.length() == stop && !(fault instanceof Fault.StallAfter)) {
      book(response.getStatusCode());
    }
    response.write(fault instanceof Fault.WrongBytes ? flipped(bytes) : bytes);
    if (response.writeQueueFull()) {
      response.drainHandler(_ -> pump(source, at + bytes.length(), stop, end));
    } else {
      pump(source, at + bytes.length(), stop, end);
    }
  }

  private void finish(boolean whole) {
    if (fault instanceof Fault.StallAfter && !whole) {
      return;
    }
    book(response.getStatusCode());
    switch (fault) {
      case Fault.ResetAfter _ when !whole -> response.reset();
      case Fault.LongBody(int more) -> response.end(Buffer.buffer(new byte[more]));
      case null, default -> response.end();
    }
  }

  private static Buffer flipped(Buffer bytes) {
    byte[] all = bytes.getBytes();
    for (int i = 0; i < all.length; i++) {
      all[i] ^= 1;
    }
    return Buffer.buffer(all);
  }

  private void closed() {
    closeReader();
    book(response.headWritten() ? response.getStatusCode() : 0);
  }

  private void closeReader() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  private void count(long bytes) {
    sent += bytes;
    traffic.sent(blob, bytes);
  }

  private void book(int status) {
    if (!booked) {
      booked = true;
      traffic.answered(new Traffic.Entry(seen, status, sent));
    }
  }
}
