package dev.sluice.fetch;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A blob in memory that hands ranges out in pieces of random size, and can misbehave. */
final class BytesBlob implements BlobSource {
  private final byte[] bytes;
  private final Random random;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private int breakAfter = -1;
  private int wrongAnswers;

  BytesBlob(byte[] bytes, long seed) {
    this.bytes = bytes;
    this.random = new Random(seed);
  }

  /** The next answer breaks after so many bytes. */
  void breakNextAfter(int count) {
    breakAfter = count;
  }

  /** The next answers have wrong bytes. */
  void spoilNext(int answers) {
    wrongAnswers = answers;
  }

  /** The ranges asked for, as "from-to". */
  List<String> requests() {
    return requests;
  }

  @Override
  public synchronized Future<Void> range(long from, long to, Consumer<Buffer> sink) {
    requests.add(from + "-" + to);
    boolean wrong = wrongAnswers > 0;
    wrongAnswers--;
    int sent = 0;
    for (int at = (int) from; at < to; ) {
      int n = Math.min((int) to - at, 1 + random.nextInt(5000));
      byte[] piece = Arrays.copyOfRange(bytes, at, at + n);
      if (wrong) {
        piece[0] ^= 1;
      }
      if (breakAfter >= 0 && sent + n > breakAfter) {
        breakAfter = -1;
        return Future.failedFuture("the wire was cut");
      }
      sink.accept(Buffer.buffer(piece));
      sent += n;
      at += n;
    }
    return Future.succeededFuture();
  }

  @Override
  public String toString() {
    return "test blob";
  }
}
