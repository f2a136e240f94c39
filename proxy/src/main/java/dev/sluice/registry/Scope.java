package dev.sluice.registry;

import dev.sluice.oci.Repository;

/** What a request needs to be allowed to do. */
record Scope(Repository repository, boolean push) {
  static Scope pull(Repository repository) {
    return new Scope(repository, false);
  }

  static Scope push(Repository repository) {
    return new Scope(repository, true);
  }

  @Override
  public String toString() {
    return "repository:" + repository.path() + (push ? ":pull,push" : ":pull");
  }
}
