package dev.sluice.registry;

import dev.sluice.oci.Repository;

/** What a request needs to be allowed to do, and at which host. */
record Scope(RegistryHost host, Repository repository, boolean push) {
  static Scope pull(RegistryHost host, Repository repository) {
    return new Scope(host, repository, false);
  }

  static Scope push(RegistryHost host, Repository repository) {
    return new Scope(host, repository, true);
  }

  /** The repository under the name of the host that credentials would be shown to. */
  Repository place() {
    return new Repository(host.credentialHost(), repository.path());
  }

  @Override
  public String toString() {
    return "repository:" + repository.path() + (push ? ":pull,push" : ":pull");
  }
}
