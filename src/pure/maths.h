/*
 * maths.h: what the mathematical functions share.
 *
 * Plain doubles in, plain doubles out, no server.  Each function returns NULL
 * when it is fine, else the name of the argument that cannot be (NaN, infinite
 * where it may not be, outside its range); *out is then not written.
 */
#ifndef SA_PURE_MATHS_H
#define SA_PURE_MATHS_H

typedef const char *SaBadArgument;

#define SA_MATHS_FINE ((SaBadArgument) 0)

/* Returns the argument's name from the function around it unless the condition holds. */
#define SA_REQUIRE(condition, name)                                                                \
	do                                                                                             \
	{                                                                                              \
		if (!(condition))                                                                          \
			return name;                                                                           \
	} while (0)

#endif
