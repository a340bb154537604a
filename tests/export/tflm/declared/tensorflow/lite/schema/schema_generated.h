#ifndef DECLARED_SCHEMA_GENERATED_H_
#define DECLARED_SCHEMA_GENERATED_H_

namespace tflite {

struct Model;
const Model* GetModel(const void* buffer);

}  // namespace tflite

#endif  // DECLARED_SCHEMA_GENERATED_H_
