package dev.sluice.config;

/** What the lines of the service's log look like. */
public enum LogFormat {
  /** One JSON object per line. */
  JSON,
  /** For people. */
  TEXT
}
