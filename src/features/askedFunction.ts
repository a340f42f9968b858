/** Since 5.1 Zeek's modbus.log names the answer `READ_COILS_EXCEPTION` where the request was `READ_COILS`. */
const SUFFIX = '_EXCEPTION';

/** @returns the function that was asked for, whatever its answer is called */
export function askedFunction(functionCode: string): string {
  return functionCode.endsWith(SUFFIX) ? functionCode.slice(0, -SUFFIX.length) : functionCode;
}

/** @returns what Zeek calls an exception in answer to this function */
export function exceptionTo(functionCode: string): string {
  return `${functionCode}${SUFFIX}`;
}
