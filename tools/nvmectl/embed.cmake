# SPDX-License-Identifier: MIT OR Apache-2.0
# cmake -DFROM=page.html -DTO=page.cpp -DHEADER=page.h -DNAME=page -P embed.cmake: a file as a string of nvmectl's.
file(READ ${FROM} content)
file(WRITE ${TO}
	"// Made by tools/nvmectl/embed.cmake.\n#include \"${HEADER}\"\n\nconst std::string_view nvmectl::${NAME} = R\"embedded(${content})embedded\";\n")
