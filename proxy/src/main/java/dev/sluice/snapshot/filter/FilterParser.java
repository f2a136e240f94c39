package dev.sluice.snapshot.filter;

import dev.sluice.snapshot.filter.FilterScanner.Kind;
import dev.sluice.snapshot.filter.FilterScanner.Token;
import java.util.ArrayList;
import java.util.List;

/** Reads one filter. */
final class FilterParser {
  private final String input;
  private final FilterScanner scanner;

  FilterParser(String input) {
    this.input = input;
    this.scanner = new FilterScanner(input);
  }

  List<Selector> parse() {
    if (input.isEmpty()) {
      return List.of();
    }
    List<Selector> selectors = new ArrayList<>();
    selectors.add(selector());
    for (int c = scanner.peek(); c != FilterScanner.END; c = scanner.peek()) {
      Token comma = scanner.scan();
      if (c != ',') {
        throw scanner.error(comma.at(), "expected a comma");
      }
      selectors.add(selector());
    }
    return selectors;
  }

  private Selector selector() {
    List<String> path = path();
    int c = scanner.peek();
    if (c == ',' || c == FilterScanner.END) {
      return new Selector.Present(path);
    }
    Token operator = scanner.scan();
    if (operator.kind() != Kind.OPERATOR) {
      throw scanner.error(operator.at(), "expected ==, != or ~=");
    }
    return switch (operator.text()) {
      case "==" -> new Selector.Equal(path, value(false));
      case "!=" -> new Selector.Differs(path, value(false));
      case "~=" -> new Selector.Matches(path, new BoundedPattern(value(true)));
      default -> throw scanner.error(operator.at(), "unknown operator " + operator.text());
    };
  }

  private List<String> path() {
    List<String> path = new ArrayList<>();
    path.add(field());
    while (scanner.peek() == '.') {
      scanner.scan();
      path.add(field());
    }
    return List.copyOf(path);
  }

  private String field() {
    Token token = scanner.scan();
    return switch (token.kind()) {
      case FIELD -> token.text();
      case QUOTED -> unquoted(token, false);
      default -> throw scanner.error(token.at(), "expected a field's name or a quoted text");
    };
  }

  private String value(boolean isRegex) {
    Token token = scanner.scan();
    return switch (token.kind()) {
      case FIELD, VALUE -> token.text();
      case QUOTED -> unquoted(token, isRegex);
      default -> throw scanner.error(token.at(), "expected a value or a quoted text");
    };
  }

  private String unquoted(Token token, boolean isRegex) {
    if (!isRegex && !token.text().startsWith("\"")) {
      throw scanner.error(token.at(), "only a regular expression may be quoted by / or |");
    }
    try {
      return new Unquoter(token.text()).unquote();
    } catch (IllegalArgumentException e) {
      throw scanner.error(token.at(), e.getMessage() + " in a quoted text");
    }
  }
}
