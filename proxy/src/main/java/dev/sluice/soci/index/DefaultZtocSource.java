package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Ztoc;
import java.io.InputStream;

/** To be ZtocBuilder. */
final class DefaultZtocSource implements ZtocSource {
  @Override
  public Ztoc build(InputStream layer, Compression compression, long spanSize, String buildTool) {
    throw new SluiceException(FailureKind.UNSUPPORTED, "ztocs can't be built yet");
  }
}
