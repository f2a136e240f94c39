package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** INIT with kernels old and new. */
final class HandshakeTest {
  @Test
  void takesOnlyWhatIsOffered() {
    long offered = InitFlags.ASYNC_READ | InitFlags.MAX_PAGES | 1 << 10;
    Handshake handshake = Handshake.agree(init(31, offered, 16), InitFlags.WANTED);
    assertThat(handshake.minor()).isEqualTo(31);
    assertThat(handshake.flags()).isEqualTo(InitFlags.ASYNC_READ | InitFlags.MAX_PAGES);
  }

  @Test
  void readsTheSecondWordOnlyWhereThereIsOne() {
    long offered = InitFlags.HAS_RESEND | InitFlags.ALLOW_IDMAP;
    assertThat(Handshake.agree(init(45, offered, 64), InitFlags.WANTED).flags()).isZero();
    Handshake handshake =
        Handshake.agree(init(45, offered | InitFlags.INIT_EXT, 64), InitFlags.WANTED);
    assertThat(handshake.flags()).isEqualTo(offered | InitFlags.INIT_EXT);
    assertThat(handshake.minor()).isEqualTo(41);
  }

  @Test
  void writesBothWords() {
    MemorySegment out = Arena.ofAuto().allocate(Handshake.ANSWER_BYTES, 8);
    new Handshake(41, InitFlags.WANTED).write(out);
    assertThat(out.get(JAVA_INT, 12)).isEqualTo((int) InitFlags.WANTED);
    assertThat(out.get(JAVA_INT, 32)).isEqualTo((int) (InitFlags.WANTED >>> 32));
  }

  private static Request init(int minor, long flags, int bodyLength) {
    MemorySegment in = Arena.ofAuto().allocate(200, 8);
    in.set(JAVA_INT, 0, 40 + bodyLength);
    in.set(JAVA_INT, 40, 7);
    in.set(JAVA_INT, 44, minor);
    in.set(JAVA_INT, 52, (int) flags);
    in.set(JAVA_INT, 56, (int) (flags >>> 32));
    Request request = new Request(in);
    assertThat(request.frame(40 + bodyLength)).isTrue();
    return request;
  }
}
