package dev.sluice.oci;

/**
 * A repository of a registry.
 *
 * @param host {@code name[:port]} as the user wrote it ({@code docker.io} for Docker Hub)
 * @param path e.g. {@code library/redis}
 */
public record Repository(String host, String path) {
  @Override
  public String toString() {
    return host + "/" + path;
  }
}
