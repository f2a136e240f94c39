package dev.sluice.fetch;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import dev.sluice.registry.RangeTerms;
import dev.sluice.registry.RegistryClient;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** A layer in a repository of a registry. */
public record RegistryBlob(RegistryClient client, Repository repository, Descriptor layer)
    implements BlobSource {
  @Override
  public Future<Void> range(long from, long to, Consumer<Buffer> sink) {
    return client.range(repository, layer, from, to, sink::accept);
  }

  @Override
  public Future<Void> range(long from, long to, RangeTerms terms, Consumer<Buffer> sink) {
    return client.range(repository, layer, from, to, terms, sink::accept);
  }

  @Override
  public String host() {
    return repository.host();
  }

  @Override
  public void distrust(long from, long to) {
    client.distrust(repository, layer.digest(), from, to);
  }

  @Override
  public boolean takesRanges() {
    return client.rangesSupported(repository);
  }

  @Override
  public String toString() {
    return repository + "@" + layer.digest();
  }
}
