package dev.sluice.registry;

import java.util.SortedSet;

/** What a token is for. */
record TokenKey(HttpOrigin registry, Target realm, String service, SortedSet<String> scopes) {}
