// Names of Gloo that c10d's headers mention; PyTorch's wheel lacks the headers, and none of their contents is needed.
#pragma once
