package loaders

import _ "mindgap/loaders/hub" // registers the model references hf:org/name
