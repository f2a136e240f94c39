package dev.sluice.soci.index;

import dev.sluice.oci.Descriptor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what it hears, e.g. {@code built <layer>}. */
final class RecordingListener implements BuildListener {
  final List<String> heard = new CopyOnWriteArrayList<>();

  @Override
  public LayerProgress building(Descriptor layer) {
    return new LayerProgress() {
      private long bytes;

      @Override
      public void read(long more) {
        bytes += more;
      }

      @Override
      public void built(Descriptor ztoc, int spans, int files) {
        heard.add("built " + layer.digest().brief() + " from " + bytes + " bytes");
      }

      @Override
      public void failed() {
        heard.add("failed " + layer.digest().brief());
      }
    };
  }

  @Override
  public void skipped(Descriptor layer, String reason) {
    heard.add("skipped " + layer.digest().brief() + ": " + reason);
  }

  @Override
  public void reused(Descriptor layer, Descriptor ztoc) {
    heard.add("reused " + layer.digest().brief());
  }

  @Override
  public void copied(Descriptor blob) {
    heard.add("copied " + blob.digest().brief());
  }

  @Override
  public void note(String message) {
    heard.add(message);
  }
}
