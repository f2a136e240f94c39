package dev.sluice.cri;

import dev.sluice.failure.SluiceException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call on its way from the kubelet to containerd and back. Lives on one event loop. Headers,
 * bytes, trailers, and the end or cancellation of either side go on as they come; a side that can't
 * take more stops the other.
 */
final class ForwardedCall {
  private static final Logger LOG = LoggerFactory.getLogger(ForwardedCall.class);
  private static final String STATUS = "grpc-status";
  private static final String UNAVAILABLE = "14";

  /** Error code of HTTP/2 for a stream that is not wanted any more. */
  private static final long CANCEL = 8;

  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Peek peek;
  private final String socket;
  private @Nullable HttpClientRequest upstream;
  private boolean answering;
  private boolean ended;

  ForwardedCall(HttpServerRequest request, Peek peek, String socket) {
    this.request = request;
    this.response = request.response();
    this.peek = peek;
    this.socket = socket;
    request.exceptionHandler(this::left);
    response.exceptionHandler(this::left);
  }

  /** The kubelet has cancelled the call, its deadline is over, or its connection is gone. */
  private void left(Throwable cause) {
    if (ended) {
      return;
    }
    ended = true;
    if (upstream != null) {
      upstream.reset(cause instanceof StreamResetException reset ? reset.getCode() : CANCEL);
    }
  }

  void connected(HttpClientRequest to) {
    if (ended) {
      to.reset(CANCEL);
      return;
    }
    upstream = to;
    if (request.authority() != null) {
      to.authority(request.authority());
    }
    copy(request.headers(), to.headers());
    // Once containerd answers it may close the stream before our side of it has ended.
    to.exceptionHandler(cause -> {
      if (!answering) {
        broken(cause);
      }
    });
    to.response().onSuccess(this::answer).onFailure(this::broken);
    request.handler(bytes -> {
      peek.requested(bytes);
      to.write(bytes);
      if (to.writeQueueFull()) {
        request.pause();
        to.drainHandler(_ -> request.resume());
      }
    });
    request.endHandler(_ -> {
      if (!ended) {
        to.end();
      }
    });
    // A client that sends nothing yet waits for the headers of the other side.
    to.writeHead();
    request.resume();
  }

  void unreachable(Throwable cause) {
    if (ended) {
      return;
    }
    LOG.warn("image service: can't reach containerd at {}: {}", socket, describe(cause));
    request.resume();
    refuse("can't reach containerd at " + socket + ": " + describe(cause));
  }

  private void answer(HttpClientResponse from) {
    if (ended) {
      return;
    }
    answering = true;
    response.setStatusCode(from.statusCode());
    copy(from.headers(), response.headers());
    from.exceptionHandler(this::broken);
    if (!from.headers().contains(STATUS)) {
      // A status among the headers means that nothing follows: then they end the stream as well.
      response.writeHead();
    }
    from.handler(bytes -> {
      peek.answered(bytes);
      response.write(bytes);
      if (response.writeQueueFull()) {
        from.pause();
        response.drainHandler(_ -> from.resume());
      }
    });
    from.endHandler(_ -> {
      if (ended) {
        return;
      }
      ended = true;
      String status = from.trailers().get(STATUS);
      if ("0".equals(status == null ? from.getHeader(STATUS) : status)) {
        peek.succeeded();
      }
      copy(from.trailers(), response.trailers());
      response.end();
    });
  }

  /** containerd has ended the call without a status. */
  private void broken(Throwable cause) {
    if (ended) {
      return;
    }
    if (cause instanceof StreamResetException reset) {
      ended = true;
      response.reset(reset.getCode());
      return;
    }
    refuse("the connection to containerd broke: " + describe(cause));
  }

  private void refuse(String message) {
    ended = true;
    MultiMap place = answering ? response.trailers() : response.headers();
    if (!answering) {
      response.putHeader("content-type", "application/grpc");
    }
    place.set(STATUS, UNAVAILABLE);
    place.set("grpc-message", encoded(message));
    response.end();
  }

  /** gRPC's encoding of messages: percent signs for what is not printable ASCII. */
  private static String encoded(String message) {
    String bounded = message.length() > 500 ? message.substring(0, 500) : message;
    StringBuilder out = new StringBuilder();
    bounded
        .codePoints()
        .forEach(c -> {
          if (c >= ' ' && c <= '~' && c != '%') {
            out.appendCodePoint(c);
          } else {
            out.append(URLEncoder.encode(Character.toString(c), StandardCharsets.UTF_8));
          }
        });
    return out.toString();
  }

  private static String describe(Throwable cause) {
    return SluiceException.describe(cause);
  }

  /** All but what belongs to the connection. */
  private static void copy(MultiMap from, MultiMap to) {
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey();
      if (!name.startsWith(":") && !name.equalsIgnoreCase("host")) {
        to.add(name, header.getValue());
      }
    }
  }
}
