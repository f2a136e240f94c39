package dev.sluice.cri;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.credentials.CriAuth;
import dev.sluice.credentials.CriCredentials;
import io.vertx.core.buffer.Buffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import runtime.v1.AuthConfig;
import runtime.v1.PullImageRequest;
import runtime.v1.PullImageResponse;
import runtime.v1.RemoveImageRequest;

/** Reads along in one call; never changes it, and never fails it. */
abstract class Peek {
  private static final Logger LOG = LoggerFactory.getLogger(Peek.class);

  private final FirstMessage request = new FirstMessage();
  private final FirstMessage answer = new FirstMessage();

  /** What is to be read of a method's calls. */
  static Peek of(String path, CriCredentials credentials) {
    return switch (path.substring(path.lastIndexOf('/') + 1)) {
      case "PullImage" -> new Pull(credentials);
      case "RemoveImage" -> new Removal(credentials);
      default -> new Nothing();
    };
  }

  /** Bytes of the request that go on only after this. */
  final void requested(Buffer bytes) {
    byte[] message = request.add(bytes);
    if (message.length > 0) {
      read(() -> onRequest(message));
    }
  }

  final void answered(Buffer bytes) {
    byte[] message = answer.add(bytes);
    if (message.length > 0) {
      read(() -> onAnswer(message));
    }
  }

  /** The call ended well. */
  void succeeded() {}

  abstract void onRequest(byte[] message) throws InvalidProtocolBufferException;

  abstract void onAnswer(byte[] message) throws InvalidProtocolBufferException;

  private interface Reading {
    void run() throws InvalidProtocolBufferException;
  }

  private static void read(Reading reading) {
    try {
      reading.run();
    } catch (InvalidProtocolBufferException _) {
      // containerd will say so; the cause isn't logged, as nobody knows what it quotes.
      LOG.debug("a message of the image service can't be read");
    }
  }

  private static final class Nothing extends Peek {
    @Override
    void onRequest(byte[] message) {}

    @Override
    void onAnswer(byte[] message) {}
  }

  /** Credentials are known before containerd begins to pull. */
  private static final class Pull extends Peek {
    private final CriCredentials credentials;
    private String image = "";

    Pull(CriCredentials credentials) {
      this.credentials = credentials;
    }

    @Override
    void onRequest(byte[] message) throws InvalidProtocolBufferException {
      PullImageRequest pull = PullImageRequest.parseFrom(message);
      image = pull.getImage().getImage();
      if (pull.hasAuth()) {
        AuthConfig auth = pull.getAuth();
        credentials.learn(
            image,
            new CriAuth(
                auth.getUsername(),
                auth.getPassword(),
                auth.getAuth(),
                auth.getServerAddress(),
                auth.getIdentityToken(),
                auth.getRegistryToken()));
      }
    }

    @Override
    void onAnswer(byte[] message) throws InvalidProtocolBufferException {
      credentials.named(PullImageResponse.parseFrom(message).getImageRef(), image);
    }
  }

  /** They are forgotten once the image is gone: a removal that fails leaves it. */
  private static final class Removal extends Peek {
    private final CriCredentials credentials;
    private String image = "";

    Removal(CriCredentials credentials) {
      this.credentials = credentials;
    }

    @Override
    void onRequest(byte[] message) throws InvalidProtocolBufferException {
      image = RemoveImageRequest.parseFrom(message).getImage().getImage();
    }

    @Override
    void onAnswer(byte[] message) {}

    @Override
    void succeeded() {
      if (!image.isEmpty()) {
        credentials.forget(image);
      }
    }
  }
}
