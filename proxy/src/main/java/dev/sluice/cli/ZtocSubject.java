package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.soci.index.ZtocDescriptor;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens ztocs of files and of images. */
final class ZtocSubject {
  private ZtocSubject() {}

  /** Whether the user means a local file rather than an image. */
  static boolean isFile(String subject) {
    return !subject.startsWith("oci:")
        && !subject.startsWith("oci-archive:")
        && Files.isRegularFile(Path.of(subject));
  }

  static Ztoc open(Path file) {
    return ZtocReader.open(file, Limits.DEFAULT);
  }

  /** Fetches a ztoc; close it to let go of its bytes. */
  static Ztoc open(ImageStore store, ZtocDescriptor ztoc) {
    Descriptor descriptor = ztoc.descriptor();
    try {
      Path file = Files.createTempFile("sluice-", ".ztoc");
      try (InputStream in = store.openBlob(descriptor);
          var out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
        in.transferTo(out);
        return ZtocReader.open(file, Limits.DEFAULT);
      } finally {
        // What was opened stays readable without its name.
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "fetch ztoc " + descriptor.digest() + ": " + e.getMessage(), e);
    }
  }
}
