/* The methods of each interface, one file each, ended by a NULL name. */
#ifndef API_METHODS_H
#define API_METHODS_H

#include "wire/varlink.h"

extern const struct varlink_method two_factor_methods[];
extern const struct varlink_method import_methods[];
extern const struct varlink_method store_methods[];
extern const struct varlink_method daemon_methods[];
extern const struct varlink_method session_methods[];
extern const struct varlink_method token_methods[];
extern const struct varlink_method policy_methods[];
extern const struct varlink_method user_methods[];

#endif
