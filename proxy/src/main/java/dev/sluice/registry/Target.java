package dev.sluice.registry;

/**
 * Where one request goes. Its text form has no query, so that no signature ever reaches a message.
 *
 * @param uri path and query exactly as they are sent
 * @param reach how connections are made; places that are found from here keep it
 */
record Target(HttpOrigin origin, String uri, Reach reach) {
  Target(HttpOrigin origin, String uri) {
    this(origin, uri, Reach.DEFAULT);
  }

  /**
   * The place that {@code location}, relative or absolute, names when it is found here.
   *
   * @throws IllegalArgumentException if it names none; the message has no query
   */
  Target resolve(String location) {
    int fragment = location.indexOf('#');
    String place = (fragment < 0 ? location : location.substring(0, fragment)).strip();
    if (place.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '\\')) {
      throw new IllegalArgumentException("it has characters that no URL has");
    }
    int query = place.indexOf('?');
    int scheme = place.indexOf("://");
    if (scheme > 0 && (query < 0 || scheme < query)) {
      return absolute(place.substring(0, scheme), place.substring(scheme + 3));
    }
    if (place.startsWith("//")) {
      return absolute(origin.tls() ? "https" : "http", place.substring(2));
    }
    if (place.startsWith("/")) {
      return new Target(origin, place, reach);
    }
    if (place.startsWith("?")) {
      return new Target(origin, path() + place, reach);
    }
    if (place.isEmpty()) {
      throw new IllegalArgumentException("it is empty");
    }
    String path = path();
    return new Target(origin, path.substring(0, path.lastIndexOf('/') + 1) + place, reach);
  }

  private Target absolute(String scheme, String rest) {
    boolean tls = scheme.equalsIgnoreCase("https");
    if (!tls && !scheme.equalsIgnoreCase("http")) {
      throw new IllegalArgumentException("its scheme is neither http nor https");
    }
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
      end++;
    }
    String authority = rest.substring(0, end);
    HttpOrigin other = HttpOrigin.of(authority.substring(authority.lastIndexOf('@') + 1), tls);
    String uri = rest.substring(end);
    return new Target(other, uri.startsWith("/") ? uri : "/" + uri, reach);
  }

  /** An absolute URL. */
  static Target of(String url) {
    int scheme = url.indexOf("://");
    if (scheme <= 0) {
      throw new IllegalArgumentException("it is no absolute URL");
    }
    return new Target(new HttpOrigin(true, "none", 443), "/").resolve(url);
  }

  /** The same place, reached in another way. */
  Target by(Reach way) {
    return new Target(origin, uri, way);
  }

  /** This place with more parameters: {@code a=b&c=d}, already encoded. */
  Target withQuery(String parameters) {
    return new Target(origin, uri + (uri.indexOf('?') < 0 ? "?" : "&") + parameters, reach);
  }

  String path() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  @Override
  public String toString() {
    return origin + path();
  }
}
