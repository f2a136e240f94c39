package dev.sluice.cri;

import dev.sluice.credentials.CriCredentials;
import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import runtime.v1.AuthConfig;
import runtime.v1.ImageSpec;
import runtime.v1.PullImageRequest;
import runtime.v1.PullImageResponse;
import runtime.v1.RemoveImageRequest;

/** Calls of CRI's image service: nothing in them fails a call that goes through the proxy. */
public final class CriMessagesFuzz implements FuzzTarget {
  private static final List<String> METHODS = List.of("PullImage", "RemoveImage", "ListImages");
  private static final int PIECE = 7;

  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    ImageSpec image = ImageSpec.newBuilder().setImage("registry.test/a/b:1").build();
    AuthConfig auth = AuthConfig.newBuilder().setAuth("dTpw").setServerAddress("https://x").build();
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(framed(PullImageRequest.newBuilder().setImage(image).setAuth(auth).build()));
    seeds.add(framed(PullImageResponse.newBuilder().setImageRef("sha256:1").build()));
    seeds.add(framed(RemoveImageRequest.newBuilder().setImage(image).build()));
    return seeds;
  }

  private static byte[] framed(com.google.protobuf.Message message) {
    byte[] bytes = message.toByteArray();
    return Buffer.buffer()
        .appendByte((byte) 0)
        .appendInt(bytes.length)
        .appendBytes(bytes)
        .getBytes();
  }

  @Override
  public void run(byte[] input) {
    CriCredentials credentials = new CriCredentials();
    for (String method : METHODS) {
      Peek peek = Peek.of("/runtime.v1.ImageService/" + method, credentials);
      for (int from = 0; from < input.length; from += PIECE) {
        Buffer piece =
            Buffer.buffer().appendBytes(input, from, Math.min(PIECE, input.length - from));
        peek.requested(piece);
        peek.answered(piece);
      }
      peek.succeeded();
    }
  }
}
