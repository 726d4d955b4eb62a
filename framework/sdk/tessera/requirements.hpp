// Rejects compiler options with which the C++ headers of the SDK do not work, before any other message.
#ifndef TESSERA_REQUIREMENTS_HPP
#define TESSERA_REQUIREMENTS_HPP

#if __cplusplus < 202002L
#error \
    "Tessera's C++ headers need C++20: compile with -std=c++20, or build the plugin with tessera_add_solver"
#elif !defined(__cpp_exceptions)
#error "Tessera's C++ headers report errors by exceptions: compile without -fno-exceptions"
#endif

#endif
