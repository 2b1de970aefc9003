// precompiled.hpp - parsed once for all rooms; every file still includes what it uses.
#pragma once
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/world.hpp"
