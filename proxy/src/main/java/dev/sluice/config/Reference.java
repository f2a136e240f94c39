package dev.sluice.config;

/** The page about all keys, in Markdown: {@code docs/configuration.md}. */
public final class Reference {
  private Reference() {}

  public static String markdown() {
    StringBuilder out =
        new StringBuilder(
            """
            # Configuration
            Written by `sluice config reference`; change the table of keys in the package `config`, not this page.

            The service reads `/etc/sluice/config.toml`, or the file that `--config` or `SLUICE_CONFIG` names.
            Without the default file the defaults hold; a named file must exist. A flag (`--set cache.disk=20GiB`)
            goes before a variable (`SLUICE_CACHE_DISK=20GiB`), that before the file, that before the default.
            Unknown keys, values of a wrong type and values that contradict each other are errors: the service
            does not start, and says file and line of all of them. Changes need a restart, which no running
            container notices; `hosts.toml` files are read again whenever they change.

            Times are written `"500ms"`, `"30s"`, `"1h30m"`; sizes `"64MiB"` (binary), `"1GB"` (decimal) or a
            number of bytes; in variables and flags without quotes, and lists with commas.

            `sluice config default` prints a file with all defaults, `check [FILE]` looks for mistakes, `dump`
            shows what is in force and where each value comes from (of the running service with `--running`).
            No key holds a secret.
            """);
    for (Section section : Section.values()) {
      out.append("\n## ")
          .append(section == Section.TOP ? "Top level" : "`[" + section.title() + "]`")
          .append('\n')
          .append(section.purpose())
          .append("\n\n| key | type | default | what it does |\n|---|---|---|---|\n");
      for (Key<?> key : Key.in(section)) {
        out.append(
            "| `%s` | %s | `%s` | %s |\n"
                .formatted(
                    key.name(), key.type().name(), key.usualSetting().toml(), key.purpose()));
      }
    }
    out.append(
        """

        ## From soci-snapshotter's configuration
        | soci-snapshotter | here |
        |---|---|
        """);
    for (Key<?> key : Keys.ALL) {
      for (String name : key.soci()) {
        out.append("| `%s` | `%s` |\n".formatted(name, key.path()));
      }
    }
    return out.toString();
  }
}
