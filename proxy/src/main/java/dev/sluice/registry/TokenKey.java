package dev.sluice.registry;

import java.util.SortedSet;

/** What a token is for. */
record TokenKey(RegistryHost registry, Target realm, String service, SortedSet<String> scopes) {}
