// Carries the precompiled headers, which need a source to hang on.
