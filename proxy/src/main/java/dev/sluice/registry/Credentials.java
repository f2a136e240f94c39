package dev.sluice.registry;

/** What a user shows a registry. The text forms hold no secret. */
public sealed interface Credentials {
  Credentials NONE = new None();

  record None() implements Credentials {}

  record Password(String user, String password) implements Credentials {
    @Override
    public String toString() {
      return "password";
    }
  }

  /** A refresh token for the token endpoint. */
  record IdentityToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "identity token";
    }
  }

  /** A token for the registry itself. */
  record RegistryToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "registry token";
    }
  }
}
