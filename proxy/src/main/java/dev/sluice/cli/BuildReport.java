package dev.sluice.cli;

import dev.sluice.oci.Descriptor;
import dev.sluice.soci.index.BuildListener;

/** Tells people how the building of an index goes. */
final class BuildReport implements BuildListener {
  private final ProgressReport progress;

  BuildReport(ProgressReport progress) {
    this.progress = progress;
  }

  @Override
  public LayerProgress building(Descriptor layer) {
    ProgressReport.Step step = progress.begin(name(layer), layer.size());
    return new LayerProgress() {
      @Override
      public void read(long bytes) {
        step.advance(bytes);
      }

      @Override
      public void built(Descriptor ztoc, int spans, int files) {
        step.done(
            "ztoc %s (%s, %d spans, %d files)"
                .formatted(ztoc.digest(), ByteCount.show(ztoc.size()), spans, files));
      }

      @Override
      public void failed() {
        step.done("failed");
      }
    };
  }

  @Override
  public void skipped(Descriptor layer, String reason) {
    progress.note(name(layer) + ": skipped: " + reason);
  }

  @Override
  public void reused(Descriptor layer, Descriptor ztoc) {
    progress.note(name(layer) + ": ztoc " + ztoc.digest() + " exists already");
  }

  @Override
  public void copied(Descriptor blob) {
    progress.note(
        "blob %s: copied (%s)".formatted(blob.digest().brief(), ByteCount.show(blob.size())));
  }

  @Override
  public void note(String message) {
    progress.note(message);
  }

  private static String name(Descriptor layer) {
    return "layer " + layer.digest().brief();
  }
}
