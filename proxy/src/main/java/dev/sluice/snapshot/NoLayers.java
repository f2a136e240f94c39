package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.Set;

/** A plain snapshotter's source of layers: none. */
final class NoLayers implements LayerSource {
  @Override
  public Brought bring(LayerRequest request, NewSnapshot snapshot) {
    return new Brought.Left("Sluice brings no layers here");
  }

  @Override
  public void abandon(long snapshot) {}

  @Override
  public Path shown(long snapshot) {
    throw none(snapshot);
  }

  @Override
  public void settle(long... snapshots) {}

  @Override
  public RootAttributes rootAttributes(long snapshot) {
    throw none(snapshot);
  }

  @Override
  public Reopened reopen(long snapshot, String record) {
    throw none(snapshot);
  }

  @Override
  public void check(long snapshot) {
    throw none(snapshot);
  }

  @Override
  public void expect(Set<Long> snapshots) {}

  @Override
  public void missing(long snapshot, Throwable cause) {}

  @Override
  public void forget(long snapshot) {}

  private static SluiceException none(long snapshot) {
    return new SluiceException(
        FailureKind.UNAVAILABLE, "show lazy snapshot " + snapshot + ": nothing here shows layers");
  }
}
